/** Commands of Redis by where their keys stand (COMMAND DOCS, "key specifications"). Others are named by nobody. */

const words = (text: string): string[] => text.split(' ');
type Find = (rest: readonly string[]) => readonly string[];

const first: Find = (rest) => rest.slice(0, 1);
const every: Find = (rest) => rest;
const pairs: Find = (rest) => rest.filter((_, i) => i % 2 === 0);
const two: Find = (rest) => rest.slice(0, 2);
/** Behind a number of keys, which stands at a place of its own. */
const counted =
  (at: number): Find =>
  (rest) =>
    rest.slice(at + 1, at + 1 + Math.min(Number(/^\d{1,4}$/.exec(rest[at] ?? '')?.[0] ?? 0), 64));
/** XREAD … STREAMS key key id id */
const streams: Find = (rest) => {
  const from = rest.findIndex((one) => one.toUpperCase() === 'STREAMS') + 1;
  return from === 0 ? [] : rest.slice(from, from + Math.floor((rest.length - from) / 2));
};
const butLast: Find = (rest) => rest.slice(0, -1);
const none: Find = () => [];

const FIRST =
  'GET SET SETNX SETEX PSETEX GETSET GETDEL GETEX GETRANGE SETRANGE APPEND STRLEN INCR INCRBY INCRBYFLOAT DECR ' +
  'DECRBY EXPIRE PEXPIRE EXPIREAT PEXPIREAT TTL PTTL PERSIST TYPE DUMP RESTORE KEYS ' +
  'HGET HSET HSETNX HMSET HMGET HGETALL HDEL HEXISTS HINCRBY HINCRBYFLOAT HKEYS HVALS HLEN HSCAN HRANDFIELD ' +
  'LPUSH RPUSH LPUSHX RPUSHX LPOP RPOP LRANGE LLEN LINDEX LSET LREM LTRIM LINSERT LPOS ' +
  'SADD SREM SMEMBERS SISMEMBER SMISMEMBER SCARD SPOP SRANDMEMBER SSCAN ' +
  'ZADD ZREM ZRANGE ZREVRANGE ZRANGEBYSCORE ZREVRANGEBYSCORE ZRANGEBYLEX ZCARD ZSCORE ZMSCORE ZRANK ZREVRANK ' +
  'ZINCRBY ZCOUNT ZPOPMIN ZPOPMAX ZSCAN ZREMRANGEBYSCORE ZREMRANGEBYRANK ' +
  'XADD XRANGE XREVRANGE XLEN XDEL XACK XTRIM XCLAIM XAUTOCLAIM XPENDING ' +
  'GEOADD GEOPOS GEODIST GEOSEARCH PFADD SETBIT GETBIT BITCOUNT BITPOS BITFIELD ' +
  'JSON.GET JSON.SET JSON.DEL JSON.MERGE JSON.TYPE JSON.ARRAPPEND JSON.NUMINCRBY JSON.OBJKEYS ' +
  'VADD VSIM VREM VCARD VEMB VDIM VINFO VGETATTR VSETATTR VLINKS VRANDMEMBER';

export const KEYS: ReadonlyMap<string, Find> = new Map<string, Find>([
  ...words(FIRST).map((name) => [name, first] as const),
  ...words('MGET DEL UNLINK EXISTS TOUCH WATCH SUNION SINTER SDIFF PFCOUNT PFMERGE').map(
    (name) => [name, every] as const,
  ),
  ...words('MSET MSETNX').map((name) => [name, pairs] as const),
  ...words('RENAME RENAMENX COPY SMOVE LMOVE BLMOVE RPOPLPUSH').map((name) => [name, two] as const),
  ...words('EVAL EVALSHA EVAL_RO EVALSHA_RO FCALL FCALL_RO').map((name) => [name, counted(1)] as const),
  ...words('ZUNION ZINTER ZDIFF SINTERCARD LMPOP ZMPOP').map((name) => [name, counted(0)] as const),
  ...words('XREAD XREADGROUP').map((name) => [name, streams] as const),
  ...words('BLPOP BRPOP BZPOPMIN BZPOPMAX').map((name) => [name, butLast] as const),
  ...words(
    'FT.SEARCH FT.AGGREGATE FT.CREATE FT.INFO FT.DROPINDEX FT.ALTER FT.HYBRID FT.EXPLAIN FT._LIST FT.PROFILE',
  ).map((name) => [name, none] as const),
]);

export const NO_KEYS: ReadonlySet<string> = new Set(
  words(
    'PING ECHO AUTH HELLO CLIENT CONFIG INFO SELECT COMMAND MULTI EXEC DISCARD UNWATCH QUIT RESET SCAN DBSIZE ' +
      'FLUSHDB FLUSHALL SAVE BGSAVE LASTSAVE TIME ROLE WAIT ACL MEMORY LATENCY SLOWLOG MODULE SCRIPT FUNCTION ' +
      'OBJECT XINFO XGROUP PUBLISH SPUBLISH PUBSUB SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE ' +
      'MONITOR SYNC PSYNC CLUSTER READONLY READWRITE ASKING RANDOMKEY SWAPDB SHUTDOWN DEBUG REPLICAOF',
  ),
);

/** Each element of the answer is a value. */
export const LISTED: ReadonlySet<string> = new Set(
  words(
    'MGET KEYS HMGET HKEYS HVALS LRANGE SMEMBERS SRANDMEMBER SPOP SUNION SINTER SDIFF ZRANGE ZREVRANGE ' +
      'ZRANGEBYSCORE ZREVRANGEBYSCORE ZRANGEBYLEX ZMSCORE XRANGE XREVRANGE GEOSEARCH VSIM VRANDMEMBER',
  ),
);

/** The number in the answer counts keys or members. */
export const WRITTEN: ReadonlySet<string> = new Set(
  words('DEL UNLINK EXISTS TOUCH SADD SREM ZADD ZREM HSET HDEL XDEL XACK LREM GEOADD VADD VREM'),
);
