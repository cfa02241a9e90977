/** What a page needs to play sequences: to be there before the element's script. */
import { play } from './play.ts';
import { install } from './stage.ts';
import { installStorage } from './storage.ts';

install();
installStorage();
Object.assign(window, { play });
