/** What went wrong between this machine and another one, in words for the person at the terminal. */
import type { Trouble } from '../../kelviq-list.ts';
import type { Environment } from '../../limits.ts';

/** What was seen, and what to do about it. */
export type Words = { what: string; fix: string };

/** Which Kelviq was asked. */
export type Upstream = { environment: Environment; baseUrl: string };

const other: Record<Environment, Environment> = { sandbox: 'production', production: 'sandbox' };

/** Words for a question to Kelviq that brought nothing. */
export function kelviqTrouble(why: Trouble, { environment, baseUrl }: Upstream): Words {
  const { host } = new URL(baseUrl);
  switch (why.trouble) {
    case 'no_answer':
      // More than any list holds: a page, mostly.
      if (why.code === 'body_too_large')
        return kelviqTrouble({ trouble: 'broken_answer' }, { environment, baseUrl });
      return connectionTrouble(why.code, host);
    case 'status':
      return statusTrouble(why.status, host, environment);
    case 'broken_answer':
      return {
        what: `${host} answers with something other than the list of organizations`,
        fix: 'check KELVIQ_BASE_URL, and whether a gateway in between answers in its place',
      };
    case 'page_repeats':
      return {
        what: `${host} gave the same page of its list again, so not all of it could be read`,
        fix: 'run it again; when it stays so, ask Kelviq',
      };
    case 'endless':
      return { what: `the list of ${host} does not end`, fix: 'check KELVIQ_BASE_URL' };
  }
}

function statusTrouble(status: number, host: string, environment: Environment): Words {
  if (status === 401)
    return {
      what: `${host} does not take the partner key (401)`,
      fix: `check that KELVIQ_PARTNER_KEY is whole and belongs to KELVIQ_ENV=${environment}; it may be the one of ${other[environment]}`,
    };
  if (status === 403)
    return {
      what: `${host} knows the partner key but does not allow this (403)`,
      fix: 'ask Kelviq whether the partner account is active and may use the partner API',
    };
  if (status === 404)
    return {
      what: `there is no partner API at this address of ${host} (404)`,
      fix: 'leave KELVIQ_BASE_URL out, or let it end as Kelviq’s own does: /api/v1',
    };
  if (status >= 300 && status < 400)
    return {
      what: `${host} redirects (${status}), which is never followed with the partner key`,
      fix: 'write the final address in KELVIQ_BASE_URL',
    };
  if (status === 429)
    return { what: `${host} asks for fewer requests (429)`, fix: 'wait a few minutes, then run it again' };
  if (status >= 500)
    return { what: `${host} is in trouble (${status})`, fix: 'wait a few minutes, then run it again' };
  return { what: `${host} answers ${status}`, fix: 'check KELVIQ_BASE_URL' };
}

/** Words for a connection that failed with `code`, as an `HttpFailure` has it. */
export function connectionTrouble(code: string, host: string): Words {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return {
      what: `the name ${host} is not found (DNS, ${code})`,
      fix: 'check its spelling, and the DNS of this machine',
    };
  if (code === 'ECONNREFUSED')
    return {
      what: `${host} refuses connections (${code})`,
      fix: 'check host and port, and that it is running',
    };
  if (/^(?:EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/.test(code))
    return {
      what: `${host} cannot be reached from here (${code})`,
      fix: 'let this machine open connections to it; look at firewall and routes',
    };
  // OpenSSL's names for an answer in plain HTTP; which one, its version decides.
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|RECORD_LAYER|HTTP_REQUEST/.test(code))
    return {
      what: `${host} does not speak TLS (${code})`,
      fix: 'check the port; where it is your own machine, the address begins with http://',
    };
  if (/CERT|TLS|SSL|UNABLE_TO_|SELF_SIGNED/.test(code))
    return {
      what: `the certificate of ${host} cannot be trusted (TLS, ${code})`,
      fix: 'renew it or its chain; NODE_EXTRA_CA_CERTS names a file with an authority of your own',
    };
  if (code === 'ETIMEDOUT')
    return {
      what: `${host} does not answer in time`,
      fix: 'look at its load, and at what stands in between',
    };
  if (code === 'bad_port')
    return {
      what: `${host} is at a port that browsers never open`,
      fix: 'let it listen on another one, such as 443 or 8787',
    };
  if (code === 'internal_address')
    return {
      what: `${host} is an address inside a network`,
      fix: 'if it is your own receiver, set WEBHOOK_ALLOW_INTERNAL=true',
    };
  return {
    what: `the connection to ${host} was lost (${code})`,
    fix: 'try again; look at what stands in between',
  };
}
