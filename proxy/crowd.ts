/**
 * The requests in hand, a bounded number. A body is a packet or two: where there is no room, whoever has
 * been sending one the longest makes it, because thousands of sockets that send theirs byte by byte would
 * keep everybody else out.
 */
import type { Station } from './passage.ts';
import { Refusal } from './problem.ts';

const full = () => new Refusal('overloaded', { retryAfterMs: 2000 });

/** Counts who is in hand. `uploading` waits for a body; it throws a `Refusal` when its place is needed. */
export type Crowd = Station & { uploading<Body>(body: Promise<Body>): Promise<Body> };

/** Turns requests away while `most` are in hand, before it reads their bodies; a page may read why. */
export function createCrowd(most: number): Crowd {
  /** What lets go of each body that is on its way, the oldest first; a Set would cost the collector more. */
  const uploads: (() => void)[] = [];
  let inHand = 0;

  return {
    enter() {
      if (inHand >= most) {
        const letGo = uploads.shift();
        if (!letGo) throw full();
        letGo();
      }
      inHand++;
    },

    leave: () => void inHand--,

    uploading: (body) =>
      new Promise((resolve, reject) => {
        const letGo = () => reject(full());
        uploads.push(letGo);
        const ended = () => {
          const at = uploads.lastIndexOf(letGo);
          if (at >= 0) uploads.splice(at, 1);
        };
        body.finally(ended).then(resolve, reject);
      }),
  };
}
