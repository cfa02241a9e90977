/**
 * Answers of which is known what they say, so that whoever looks at them last need not read them back,
 * which costs a stream. A whole one has all of its headers from the start: to change them afterwards
 * costs more than all else that is done for an answer.
 */
import { whenThere, type Soon } from './soon.ts';

type Known = { text: string; head: string | null; echo: string };

/** Where an answer keeps what is known of it; a map from answers would be one more thing to collect. */
const KNOWN = Symbol('what this answer says');

const ORIGIN = 'access-control-allow-origin';

type Written = Response & { [KNOWN]?: Known };

/** An answer that says `text`, of which `own` are not the words of whoever asked; its headers may still change. */
export function written(text: string, init: ResponseInit, own = text): Response {
  const response: Written = new Response(text, init);
  response[KNOWN] = { text: own, head: null, echo: own === text ? '' : text };
  return response;
}

/** An answer that says `value` as JSON, with all headers that it will ever have. */
export function wholeJson(value: unknown, status: number, headers: Record<string, string>): Response {
  const text = JSON.stringify(value);
  const response: Written = new Response(text, { status, headers });
  let head = '';
  for (const name in headers) head += `\n${name}: ${headers[name]}`;
  response[KNOWN] = { text, head, echo: '' };
  return response;
}

/** Whether an answer has all of its headers. */
export function isWhole(response: Written): boolean {
  return typeof response[KNOWN]?.head === 'string';
}

/** What an answer says by itself, body and head, whoever made it. The answer can still be sent. */
export function allOf(response: Written): Soon<string> {
  const { text, head } = response[KNOWN] ?? { text: textOf(response), head: null };
  return whenThere(text, (said) => said + (head ?? headOf(response)));
}

/** What an answer repeats of the words of whoever asked, and what they called their origin. */
export function echoOf(response: Written): string {
  if (isWhole(response)) return '';
  const origin = response.headers.get(ORIGIN) ?? '';
  return `${response[KNOWN]?.echo ?? ''}\n${origin}`;
}

function textOf(response: Response): Soon<string> {
  return response.body === null ? '' : response.clone().text();
}

function headOf({ headers }: Response): string {
  let head = '';
  for (const [name, value] of headers) {
    if (name !== ORIGIN) head += `\n${name}: ${value}`;
  }
  return head;
}
