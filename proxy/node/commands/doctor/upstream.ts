/**
 * The doctor's trial of Kelviq: it creates one organization in the sandbox, marked by its name, and
 * proves on it each thing that the proxy relies on. Its externalId is none that a customer can have.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { trialExternalId } from '../../../external-id.ts';
import { HttpFailure, type IncomingAnswer } from '../../../http.ts';
import { KELVIQ_BASE_URLS, organizationSchema, type Ask } from '../../../kelviq.ts';
import { parsePage } from '../../../kelviq-list.ts';
import type { Tell } from './report.ts';
import { kelviqTrouble, type Upstream } from '../kelviq-trouble.ts';

/** How Kelviq is asked: with the partner key, with one that is wrong, and by paths without their slash. */
export type UpstreamOptions = { ask: Ask; askWrongly: Ask; upstream: Upstream };

type Answer = IncomingAnswer | HttpFailure;

/** Whether a trial would create an organization that is real. */
export function isProduction({ environment, baseUrl }: Upstream): boolean {
  return environment === 'production' || new URL(baseUrl).host === new URL(KELVIQ_BASE_URLS.production).host;
}

/** Says of each assumption whether it holds, and what follows for the proxy where it does not. */
export async function checkUpstream(
  { ask, askWrongly, upstream }: UpstreamOptions,
  tell: Tell,
): Promise<void> {
  const mark = randomBytes(8).toString('hex');
  const externalId = trialExternalId(mark);
  const email = `doctor-${mark}@example.com`;
  const byId = (id: string) => ask({ method: 'GET', path: `by-external-id/${id}/` });
  const create = (id: string, address: string) =>
    ask({
      method: 'POST',
      path: '',
      body: JSON.stringify({ externalId: id, email: address, businessName: 'Doctor' }),
    });
  const prove = (holds: boolean, what: string, otherwise: string, answer?: Answer) =>
    holds
      ? tell('ok', what)
      : tell('fail', `not so: ${what}${answer ? `; it is ${told(answer)}` : ''}`, otherwise);

  const created = await create(externalId, email);
  if (created instanceof HttpFailure || created.status !== 201) {
    const { what, fix } = kelviqTrouble(
      created instanceof HttpFailure
        ? { trouble: 'no_answer', code: created.code }
        : { trouble: 'status', status: created.status, waitMs: null },
      upstream,
    );
    tell('fail', `no organization could be created: ${what}`, fix);
    return tell('skip', 'everything else needs it');
  }
  const made = organizationIn(created);
  prove(
    made !== null && made.partnerExternalId === externalId,
    `a POST creates (201) and names the externalId that was asked for (${externalId})`,
    'signups would wait until a read names it, and then be parked for a person',
  );
  prove(
    Boolean(made?.clientKey && made.serverKey),
    'it brings both keys at once',
    'no harm: deliveries wait until a read brings them',
  );
  const same = (answer: Answer) => {
    const read = organizationIn(answer);
    return made !== null && read !== null && JSON.stringify(read) === JSON.stringify(made);
  };

  prove(
    same(await byId(externalId)),
    'a read by externalId gives the same organization, keys included',
    'a lost answer could not be found again: customers would be stuck, and deliveries could not be repeated',
  );
  prove(
    same(await ask({ method: 'GET', path: `${made?.organizationIdentifier}/` })),
    'a read by identifier gives the same',
    'no harm: the proxy reads by externalId',
  );
  const filtered = pageIn(await ask({ method: 'GET', path: `?external_id=${externalId}` }));
  prove(
    filtered?.organizations.length === 1 && filtered.organizations[0]?.externalId === externalId,
    'the list can be filtered by external_id',
    'no harm: the proxy reads by externalId',
  );
  const paged = pageIn(await ask({ method: 'GET', path: '?page=1&page_size=1' }));
  prove(
    paged?.organizations.length === 1 && paged.count !== null,
    'the list comes in pages of the size asked for, with a count',
    'reconcile reads it all the same, but cannot tell how much is left',
  );

  const duplicate = await create(externalId, `doctor-${mark}-2@example.com`);
  prove(
    statusOf(duplicate) === 400,
    'an externalId in use is refused with 400',
    taken(duplicate)
      ? 'one customer could get two organizations: tell Kelviq, and do not go live'
      : 'any refusal is followed by a read, so nobody gets two; tell Kelviq all the same',
    duplicate,
  );
  prove(
    same(await byId(externalId)),
    'a read after that refusal finds the first organization',
    'a signup whose answer was lost would be refused for ever',
  );
  const rival = `${externalId}-3`;
  const conflict = await create(rival, email);
  prove(
    statusOf(conflict) === 409,
    'an e-mail of a Kelviq user is refused with 409',
    'customers would not be told that they have an account already',
    conflict,
  );
  prove(
    statusOf(await byId(rival)) === 404,
    'a read after that refusal finds nothing (404)',
    'a refused customer would be shown an organization',
  );
  const nobody = await byId(`ks_doctor-${randomUUID()}`);
  prove(
    statusOf(nobody) === 404,
    'an unknown externalId is 404',
    'the proxy could not tell "not created" from trouble, and would never ask again',
    nobody,
  );
  const wrong = await askWrongly({ method: 'GET', path: '?page=1&page_size=1' });
  prove(
    statusOf(wrong) === 401 || statusOf(wrong) === 403,
    'a wrong partner key is refused with 401',
    'a key that was withdrawn would look like an outage',
    wrong,
  );
  const bare = await ask({ method: 'GET', path: `by-external-id/${externalId}` });
  tell(
    'ok',
    `for information: a path without its slash at the end is ${told(bare)}; the proxy always writes it`,
  );
}

function organizationIn(answer: Answer) {
  if (answer instanceof HttpFailure || answer.status >= 300) return null;
  try {
    return organizationSchema.safeParse(JSON.parse(answer.body)).data ?? null;
  } catch {
    return null;
  }
}

function pageIn(answer: Answer) {
  return answer instanceof HttpFailure || answer.status !== 200 ? null : parsePage(answer.body);
}

function statusOf(answer: Answer): number | null {
  return answer instanceof HttpFailure ? null : answer.status;
}

function told(answer: Answer): string {
  return answer instanceof HttpFailure ? `no answer, ${answer.code}` : `answered with ${answer.status}`;
}

function taken(answer: Answer): boolean {
  return !(answer instanceof HttpFailure) && answer.status < 300;
}
