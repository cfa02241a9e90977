/**
 * Lit for the drop-in: the published lit-html without what the templates of this element never use,
 * because one module of classes cannot be tree-shaken. No fork: each edit has to match exactly once, so
 * another version of Lit fails the build and not the page. The npm import uses Lit as it is.
 */
import type { Plugin } from 'vite';

type Edit = readonly [from: string, to: string];

/** Reason → what stands in lit-html 3.3.3, and what stands there instead. */
const EDITS: Record<string, readonly Edit[]> = {
  // Where the element is registered already this copy never renders, and a second policy of one name would be refused.
  'A policy of our own name, so that a page’s own Lit keeps `lit-html`.': [
    [
      's?s.createPolicy("lit-html",',
      's&&!customElements.get("kelviq-onboarding")?s.createPolicy("kelviq-onboarding",',
    ],
  ],
  'No polyfills, and no entry in the list by which another Lit would complain of two versions.': [
    [
      'const j={M:h,P:o,A:n,C:1,L:N,R,D:d,V:M,I:k,H,N:L,U:z,B:I,F:Z},B=t.litHtmlPolyfillSupport;B?.(S,k),(t.litHtmlVersions??=[]).push("3.3.3");',
      '',
    ],
  ],
  'Nothing for Lit’s own tools to look into.': [['j as _$LH,', '']],
  'No templates but our own, so no marker that has to be beyond guessing.': [
    ['`lit$${Math.random().toFixed(9).slice(2)}$`', '"lit$"'],
  ],
  'No SVG or MathML.': [
    ['b=x(1),w=x(2),T=x(3)', 'b=x(1)'],
    ['html,T as mathml', 'html'],
    ['render,w as svg', 'render'],
    ['_$litType$:i},e){let r', '_$litType$:i}){let r'],
    [
      'N(t,i);if(this.el=S.createElement(f,e),P.currentNode=this.el.content,2===i||3===i){const t=this.el.content.firstChild;t.replaceWith(...t.childNodes)}for(',
      'N(t);for(this.el=S.createElement(f),P.currentNode=this.el.content',
    ],
  ],
  'No comments or computed tag names in templates; no values in comments or raw text such as script and style.':
    [
      [
        'if(y.test(r.tagName)){const t=r.textContent.split(o),i=t.length-1;if(i>0){r.textContent=s?s.emptyScript:"";for(let s=0;s<i;s++)r.append(t[s],c()),P.nextNode(),d.push({type:2,index:++l});r.append(t[i],c())}}',
        '',
      ],
      [
        'else if(8===r.nodeType)if(r.data===n)d.push({type:2,index:l});else{let t=-1;for(;-1!==(t=r.data.indexOf(o,t+1));)d.push({type:7,index:l}),t+=o.length-1}l++',
        'else r.data===n&&d.push({type:2,index:l});l++',
      ],
    ],
  'A value is a child, or a whole attribute after `name=`: no parser is needed to tell.': [
    [
      ',f="[ \\t\\n\\f\\r]",v=/<(?:(!--|\\/[^a-zA-Z])|(\\/?[a-zA-Z][^>\\s]*)|(\\/?$))/g,_=/-->/g,m=/>/g,p=RegExp(`>|${f}(?:([^\\\\s"\'>=/]+)(${f}*=${f}*(?:[^ \\t\\n\\f\\r"\'\\`<>=]|("|\')|))|$)`,"g"),g=/\'/g,$=/"/g,y=/^(?:script|style|textarea|title)$/i',
      '',
    ],
    [
      'const N=(t,i)=>{const s=t.length-1,e=[];let n,l=2===i?"<svg>":3===i?"<math>":"",c=v;for(let i=0;i<s;i++){const s=t[i];let a,u,d=-1,f=0;for(;f<s.length&&(c.lastIndex=f,u=c.exec(s),null!==u);)f=c.lastIndex,c===v?"!--"===u[1]?c=_:void 0!==u[1]?c=m:void 0!==u[2]?(y.test(u[2])&&(n=RegExp("</"+u[2],"g")),c=p):void 0!==u[3]&&(c=p):c===p?">"===u[0]?(c=n??v,d=-1):void 0===u[1]?d=-2:(d=c.lastIndex-u[2].length,a=u[1],c=void 0===u[3]?p:\'"\'===u[3]?$:g):c===$||c===g?c=p:c===_||c===m?c=v:(c=p,n=void 0);const x=c===p&&t[i+1].startsWith("/>")?" ":"";l+=c===v?s+r:d>=0?(e.push(a),s.slice(0,d)+h+s.slice(d)+o+x):s+o+(-2===d?i:x)}return[V(t,l+(t[s]||"<?>")+(2===i?"</svg>":3===i?"</math>":"")),e]};',
      'const N=t=>{const e=[],s=t.length-1;return[V(t,t.map((t,i)=>i<s?t.replace(/([^\\s"]+)=$|$/,(t,i)=>i?(e.push(i),i+h+"="+o):r):t||"<?>").join("")),e]};',
    ],
    [',s=r.getAttribute(t).split(o),e=', ',e='],
    ['strings:s,', ''],
    [
      'void 0!==s&&(void 0!==s.strings?(s._$AI(t,s,i),i+=s.strings.length-2):s._$AI(t[i])),i++',
      's._$AI(t[i++])',
    ],
  ],
  'One class for every kind of attribute; listeners are functions without options, and are never taken away.': [
    [
      'class H{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(t,i,s,e,h){this.type=1,this._$AH=A,this._$AN=void 0,this.element=t,this.name=i,this._$AM=e,this.options=h,s.length>2||""!==s[0]||""!==s[1]?(this._$AH=Array(s.length-1).fill(new String),this.strings=s):this._$AH=A}_$AI(t,i=this,s,e){const h=this.strings;let o=!1;if(void 0===h)t=M(this,t,i,0),o=!a(t)||t!==this._$AH&&t!==E,o&&(this._$AH=t);else{const e=t;let n,r;for(t=h[0],n=0;n<h.length-1;n++)r=M(this,e[s+n],i,n),r===E&&(r=this._$AH[n]),o||=!a(r)||r!==this._$AH[n],r===A?t=A:t!==A&&(t+=(r??"")+h[n+1]),this._$AH[n]=r}o&&!e&&this.j(t)}j(t){t===A?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,t??"")}}class I extends H{constructor(){super(...arguments),this.type=3}j(t){this.element[this.name]=t===A?void 0:t}}class L extends H{constructor(){super(...arguments),this.type=4}j(t){this.element.toggleAttribute(this.name,!!t&&t!==A)}}class z extends H{constructor(t,i,s,e,h){super(t,i,s,e,h),this.type=5}_$AI(t,i=this){if((t=M(this,t,i,0)??A)===E)return;const s=this._$AH,e=t===A&&s!==A||t.capture!==s.capture||t.once!==s.once||t.passive!==s.passive,h=t!==A&&(s===A||e);e&&this.element.removeEventListener(this.name,this,s),h&&this.element.addEventListener(this.name,this,t),this._$AH=t}handleEvent(t){"function"==typeof this._$AH?this._$AH.call(this.options?.host??this.element,t):this._$AH.handleEvent(t)}}',
      'class H{constructor(t,i,s){this.element=t,this.name=i,this.kind=s}_$AI(t){const{element:i,name:s,kind:e}=this;t!==this._$AH&&("@"===e?this._$AH||i.addEventListener(s,this):"."===e?i[s]=t:"?"===e?i.toggleAttribute(s,!!t):i.setAttribute(s,t??""),this._$AH=t)}handleEvent(t){this._$AH(t)}}',
    ],
    ['ctor:"."===e[1]?I:"?"===e[1]?L:"@"===e[1]?z:H', 'kind:e[1]'],
    ['new r.ctor(h,r.name,r.strings,this,t)', 'new H(h,r.name,r.kind)'],
  ],
  'No directives, no parts of whole elements, and nobody who asks a part where it is.': [
    ['if(r.hasAttributes())for(const t of', 'for(const t of'],
    ['else t.startsWith(o)&&(d.push({type:6,index:l}),r.removeAttribute(t));', ''],
    [':1===r.type?i=', ':i='],
    [':6===r.type&&(i=new Z(h,this,t))', ''],
    [
      'constructor(t,i){this._$AV=[],this._$AN=void 0,this._$AD=t,this._$AM=i}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}',
      'constructor(t){this._$AV=[],this._$AD=t}',
    ],
    [
      'get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(t,i,s,e){this.type=2,this._$AH=A,this._$AN=void 0,this._$AA=t,this._$AB=i,this._$AM=s,this.options=e,this._$Cv=e?.isConnected??!0}get parentNode(){let t=this._$AA.parentNode;const i=this._$AM;return void 0!==i&&11===t?.nodeType&&(t=i.parentNode),t}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(t,i=this){t=M(this,t,i),a(t)',
      'constructor(t,i){this._$AH=A,this._$AA=t,this._$AB=i}_$AI(t){a(t)',
    ],
    ['setConnected(t){void 0===this._$AM&&(this._$Cv=t,this._$AP?.(t))}', ''],
    ['for(this._$AP?.(!1,!0,s);t', 'for(;t'],
    ['_$AR(t=this._$AA.nextSibling,s){', '_$AR(t=this._$AA.nextSibling){'],
    ['t!==this._$AH&&t!==E&&this._(t)', 't!==this._$AH&&this._(t)'],
  ],
  'No render options.': [
    ['new k(h,h.nextSibling,this,t)', 'new k(h,h.nextSibling)'],
    ['u(t){const{el:{content:i}', 'u(){const{el:{content:i}'],
    ['(t?.creationScope??l).importNode', 'l.importNode'],
    ['t=new R(e,this),s=t.u(this.options)', 't=new R(e),s=t.u()'],
    ['new k(this.O(c()),this.O(c()),this,this.options)', 'new k(this.O(c()),this.O(c()))'],
    [
      '(t,i,s)=>{const e=s?.renderBefore??i;let h=e._$litPart$;if(void 0===h){const t=s?.renderBefore??null;e._$litPart$=h=new k(i.insertBefore(c(),t),t,void 0,s??{})}return h._$AI(t),h}',
      '(t,i)=>(i._$litPart$??=new k(i.appendChild(c()),null))._$AI(t)',
    ],
  ],
  'No templates compiled ahead, no other iterables than arrays, no nodes as values.': [
    [
      'const{values:i,_$litType$:s}=t,e="number"==typeof s?this._$AC(t):(void 0===s.el&&(s.el=S.createElement(V(s.h,s.h[0]),this.options)),s);',
      'const{values:i}=t,e=this._$AC(t);',
    ],
    [':void 0!==t.nodeType?this.T(t):d(t)?this.k(t):this._(t)', ':this.k(t)'],
    ['this._$AH!==t&&(this._$AR(),this._$AH=this.O(t))', 'this._$AR(),this.O(t)'],
    [',d=t=>u(t)||"function"==typeof t?.[Symbol.iterator]', ''],
    ['const s=i(t).nextSibling;i(t).remove(),t=s', 'const s=t.nextSibling;t.remove(),t=s'],
  ],
};

/** lit-html's published code after the edits. Throws, naming the edit, where it is not as expected. */
export function lean(code: string): string {
  for (const [why, edits] of Object.entries(EDITS))
    for (const [from, to] of edits) {
      if (code.split(from).length !== 2)
        throw new Error(`lit-html is another one than lean-lit.ts knows (${why}): ${from}`);
      code = code.replace(from, () => to);
    }
  return code;
}

/** Puts the lean Lit in place of the published one. */
export function leanLit(): Plugin {
  return {
    name: 'lean-lit',
    transform: (code, id) => (/lit-html\/lit-html\.js$/.test(id) ? lean(code) : undefined),
  };
}
