/** Commands of MongoDB (its manual, "Database Commands"), as far as they are named here. */

const words = (text: string): string[] => text.split(' ');

/** What drivers ask for themselves, and what ends nothing but their own. */
export const OWN: ReadonlySet<string> = new Set(
  words(
    'hello isMaster ismaster ping buildInfo buildinfo endSessions refreshSessions killCursors authenticate logout ' +
      'getnonce getParameter connectionStatus hostInfo commitTransaction abortTransaction whatsmyuri',
  ),
);

/** They log in. */
export const LOGIN: ReadonlySet<string> = new Set(['saslStart', 'saslContinue']);

/** Others are named by nobody. */
export const COMMANDS: ReadonlySet<string> = new Set(
  words(
    'find aggregate insert update delete findAndModify findandmodify count distinct getMore bulkWrite mapReduce explain ' +
      'create drop dropDatabase renameCollection collMod listCollections listDatabases listIndexes createIndexes ' +
      'dropIndexes createSearchIndexes updateSearchIndex dropSearchIndex collStats dbStats validate currentOp killOp ' +
      'serverStatus createUser updateUser dropUser usersInfo grantRolesToUser revokeRolesFromUser createRole updateRole ' +
      'dropRole rolesInfo shutdown setParameter getLog fsync compact',
  ),
);

/** The first stage of an aggregation that is a search. */
export const SEARCHES: ReadonlyMap<string, string> = new Map([
  ['$vectorSearch', 'VECTORSEARCH'],
  ['$rankFusion', 'VECTORSEARCH'],
  ['$scoreFusion', 'VECTORSEARCH'],
  ['$search', 'SEARCH'],
  ['$searchMeta', 'SEARCH'],
]);
