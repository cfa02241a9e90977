/**
 * Answers of which is known what they say, so that whoever looks at them last need not read them back,
 * which costs a stream. A whole one has all of its headers from the start: to change them afterwards
 * costs more than all else that is done for an answer.
 */
type Known = { text: string; head: string | null };

const known = new WeakMap<Response, Known>();

/** An answer that says `text`; its headers may still change. */
export function written(text: string, init: ResponseInit): Response {
  const response = new Response(text, init);
  known.set(response, { text, head: null });
  return response;
}

/** An answer that says `value` as JSON, with all headers that it will ever have. */
export function wholeJson(value: unknown, status: number, headers: Record<string, string>): Response {
  const text = JSON.stringify(value);
  const response = new Response(text, { status, headers });
  let head = '';
  for (const name in headers) head += `\n${name}: ${headers[name]}`;
  known.set(response, { text, head });
  return response;
}

/** Whether an answer has all of its headers. */
export function isWhole(response: Response): boolean {
  return typeof known.get(response)?.head === 'string';
}

/** What an answer says, body and head, whoever made it. The answer can still be sent. */
export async function allOf(response: Response): Promise<string> {
  const own = known.get(response);
  let text = own?.text ?? (response.body === null ? '' : await response.clone().text());
  if (typeof own?.head === 'string') return text + own.head;
  for (const [name, value] of response.headers) text += `\n${name}: ${value}`;
  return text;
}
