/** Why a server cannot listen and what to do about it, by what Node calls it. */

/** The settings that name a port. */
export type PortSetting = 'PORT' | 'METRICS_PORT';

/** Words for the code of an error of `listen`, without full stops. */
export function listenTrouble(
  code: string,
  port: number,
  setting: PortSetting,
): { what: string; fix: string } {
  switch (code) {
    case 'EADDRINUSE':
      return { what: `Port ${port} is in use`, fix: `Choose another one with ${setting}` };
    case 'EACCES':
      return { what: `Port ${port} may not be opened`, fix: `Choose one above 1023 with ${setting}` };
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EAI_AGAIN':
    case 'EINVAL':
    case 'ENOTFOUND':
      return {
        what: 'HOST is not an address of this machine',
        fix: 'Leave it out to listen on all of them',
      };
    default:
      return { what: `Port ${port} cannot be opened (${code})`, fix: `Choose another HOST or ${setting}` };
  }
}
