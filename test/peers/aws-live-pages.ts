/** What moto gives of IAM's authorization details in one piece, as AWS does: in pages, with documents encoded. */
const LISTS = ['UserDetailList', 'GroupDetailList', 'RoleDetailList', 'Policies'];
const DOCUMENT = /<(PolicyDocument|AssumeRolePolicyDocument|Document)>([^<]*)<\/\1>/g;

type Options = { pageSize: number; hide: string };

/** Pages have parts of several lists, and the second one has nothing at all. */
export function detailPage(whole: string, form: URLSearchParams, options: Options): string {
  const { pageSize: size, hide } = options;
  const all = LISTS.flatMap((list) => membersOf(whole, list).map((xml) => ({ list, xml })));
  const items = all.filter(
    ({ list, xml }) => hide === '' || list !== 'Policies' || !xml.includes(`<Arn>${hide}</Arn>`),
  );
  const [from, page] = (form.get('Marker') ?? '0/1').split('/').map(Number) as [number, number];
  const to = page === 2 ? from : Math.min(from + size, items.length);
  const part = items.slice(from, to);
  const lists = LISTS.map((list) => {
    const own = part.filter((item) => item.list === list).map(({ xml }) => xml);
    return `<${list}>${own.join('')}</${list}>`;
  });
  const more = to < items.length;
  const marker = more ? `<Marker>${to}/${page + 1}</Marker>` : '';
  const end = `<IsTruncated>${more}</IsTruncated>${marker}`;
  return whole.replace(
    /(<GetAccountAuthorizationDetailsResult>).*(<\/GetAccountAuthorizationDetailsResult>)/s,
    (_, open: string, close: string) => `${open}${lists.join('')}${end}${close}`.replace(DOCUMENT, encoded),
  );
}

/** Members of a list of the result itself; lists within members have the same names. */
function membersOf(whole: string, list: string): string[] {
  const members: string[] = [];
  const path: string[] = [];
  let start = -1;
  for (const match of whole.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
    const [tag, closing, name, empty] = match;
    const inList = path.length === 3 && path[2] === list;
    if (closing) {
      path.pop();
      if (path.length === 3 && path[2] === list && name === 'member')
        members.push(whole.slice(start, match.index + tag.length));
    } else if (!empty) {
      if (inList && name === 'member') start = match.index;
      path.push(name!);
    }
  }
  return members;
}

/** RFC 3986, of the text that the XML escapes; moto gives some encoded, and some not. */
function encoded(whole: string, name: string, text: string): string {
  if (text.startsWith('%7B')) return whole;
  const plain = text
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
  return `<${name}>${encodeURIComponent(plain)}</${name}>`;
}
