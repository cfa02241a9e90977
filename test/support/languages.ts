/** The languages as they are in the sources, typed: a string that one of them misses is an error of `npm run check`. */
import ar from '../../widget/locales/ar.json' with { type: 'json' };
import cs from '../../widget/locales/cs.json' with { type: 'json' };
import da from '../../widget/locales/da.json' with { type: 'json' };
import de from '../../widget/locales/de.json' with { type: 'json' };
import el from '../../widget/locales/el.json' with { type: 'json' };
import es from '../../widget/locales/es.json' with { type: 'json' };
import fa from '../../widget/locales/fa.json' with { type: 'json' };
import fi from '../../widget/locales/fi.json' with { type: 'json' };
import fr from '../../widget/locales/fr.json' with { type: 'json' };
import he from '../../widget/locales/he.json' with { type: 'json' };
import hi from '../../widget/locales/hi.json' with { type: 'json' };
import hu from '../../widget/locales/hu.json' with { type: 'json' };
import id from '../../widget/locales/id.json' with { type: 'json' };
import it from '../../widget/locales/it.json' with { type: 'json' };
import ja from '../../widget/locales/ja.json' with { type: 'json' };
import ko from '../../widget/locales/ko.json' with { type: 'json' };
import nb from '../../widget/locales/nb.json' with { type: 'json' };
import nl from '../../widget/locales/nl.json' with { type: 'json' };
import pl from '../../widget/locales/pl.json' with { type: 'json' };
import pt from '../../widget/locales/pt.json' with { type: 'json' };
import ptBR from '../../widget/locales/pt-BR.json' with { type: 'json' };
import ro from '../../widget/locales/ro.json' with { type: 'json' };
import ru from '../../widget/locales/ru.json' with { type: 'json' };
import sv from '../../widget/locales/sv.json' with { type: 'json' };
import th from '../../widget/locales/th.json' with { type: 'json' };
import tr from '../../widget/locales/tr.json' with { type: 'json' };
import uk from '../../widget/locales/uk.json' with { type: 'json' };
import ur from '../../widget/locales/ur.json' with { type: 'json' };
import vi from '../../widget/locales/vi.json' with { type: 'json' };
import zhHans from '../../widget/locales/zh-Hans.json' with { type: 'json' };
import zhHant from '../../widget/locales/zh-Hant.json' with { type: 'json' };
import type { Messages } from '../../widget/messages.ts';

/** Tag → its words. */
export const languages: Readonly<Record<string, Messages>> = {
  ar,
  cs,
  da,
  de,
  el,
  es,
  fa,
  fi,
  fr,
  he,
  hi,
  hu,
  id,
  it,
  ja,
  ko,
  nb,
  nl,
  pl,
  pt,
  'pt-BR': ptBR,
  ro,
  ru,
  sv,
  th,
  tr,
  uk,
  ur,
  vi,
  'zh-Hans': zhHans,
  'zh-Hant': zhHant,
};
