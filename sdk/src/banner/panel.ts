/** The banner on the page: a shadow tree, so that neither the page's styles nor ours leak. */

import type { ConsentPreferences } from "../types";
import css from "./banner.css";
import type { Purpose, Texts } from "./texts";
import { buildTheme } from "./theme";

export interface Asked {
  texts: Texts;
  /** The answer that holds. */
  answer: ConsentPreferences | null;
  /** Nobody called for it: the focus stays where it is. */
  byItself: boolean;
  onAnswer(preferences: ConsentPreferences): void;
}

/** Screen readers tell of a change in a live region only if the region was there before. */
const ANNOUNCE_MS = 100;
const WORDS = {
  ja: { privacy: "プライバシーポリシー", always: "常に有効です。", close: "閉じる" },
  en: { privacy: "Privacy policy", always: "Always on. ", close: "Close" },
};

const pickWords = ({ language }: Texts) => (language === "ja" ? WORDS.ja : WORDS.en);

/** Strings become text, never HTML. */
function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string>,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function makeButton(label: string, onClick: () => void, look = ""): HTMLButtonElement {
  const button = make("button", { type: "button", class: look }, label);
  button.onclick = onClick;
  return button;
}

function makeHead(texts: Texts): HTMLElement[] {
  const { title, body, privacy_url } = texts;
  const head: HTMLElement[] = [make("h2", { id: "title" }, title), make("p", {}, body)];
  if (privacy_url && /^https?:/i.test(privacy_url)) {
    const attributes = { href: privacy_url, target: "_blank", rel: "noopener" };
    head.push(make("a", attributes, pickWords(texts).privacy));
  }
  return head;
}

function makeBox(
  purpose: Purpose,
  at: number,
  answer: ConsentPreferences | null,
): HTMLInputElement {
  const box = make("input", { type: "checkbox", "aria-describedby": `body${at}` });
  box.disabled = purpose.required;
  box.checked = purpose.required || (answer ? answer[purpose.key] === true : purpose.default);
  return box;
}

/** Keeps what the page focuses from being scrolled to where the banner covers it. */
function keepRoom(section: HTMLElement): () => void {
  const sheet = new CSSStyleSheet();
  const observer = new ResizeObserver(() =>
    sheet.replaceSync(`html{scroll-padding-bottom:${section.offsetHeight + 32}px}`),
  );
  observer.observe(section);
  document.adoptedStyleSheets.push(sheet);
  return () => {
    observer.disconnect();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
  };
}

/** First in the page, and so first by Tab; the returned function takes it away. */
function mount(section: HTMLElement, { texts, byItself }: Asked, head: HTMLElement[]): () => void {
  const live = make("div", { "aria-live": "polite" });
  const host = make("kizuna-consent" as "div", {});
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(buildTheme(texts.theme) + css);
  const shadow = host.attachShadow({ mode: "open" });
  shadow.adoptedStyleSheets = [sheet];
  section.prepend(live);
  shadow.append(section);
  let from = document.activeElement as HTMLElement | null;
  host.addEventListener("focusin", ({ relatedTarget }) => {
    from = (relatedTarget as HTMLElement | null) ?? from;
  });
  document.body.prepend(host);
  const giveBackRoom = keepRoom(section);
  const show = () => {
    live.append(...head);
    section.className = "shown";
  };
  if (byItself) setTimeout(show, ANNOUNCE_MS);
  else show();
  return () => {
    if (shadow.activeElement) from?.focus();
    giveBackRoom();
    host.remove();
  };
}

function makeList({ texts }: Asked, boxes: HTMLInputElement[]): HTMLElement {
  const { always } = pickWords(texts);
  const rows = texts.purposes.flatMap(({ title, body, required }, at) => [
    make("label", {}, boxes[at] as Node, title),
    make("p", { id: `body${at}` }, required ? always + body : body),
  ]);
  return make("div", { role: "group", "aria-labelledby": "title" }, ...rows);
}

/**
 * Two layers: accept, reject or choose; then one box for each purpose, which is where it opens for
 * whoever called for it. Escape goes back a layer and then puts the banner away, which is no answer.
 */
export function openPanel(asked: Asked): () => void {
  const { answer, byItself, onAnswer, texts } = asked;
  const { labels, language, purposes } = texts;
  const boxes = purposes.map((purpose, at) => makeBox(purpose, at, answer));
  const list = makeList(asked, boxes);
  const say = (pick: (at: number) => boolean) => {
    const chosen = purposes.map(({ key, required }, at) => [key, required || pick(at)]);
    onAnswer({ analytics: false, ...Object.fromEntries(chosen) });
  };
  const aside = byItself
    ? makeButton(labels.choose, () => showChoice(true), "quiet")
    : makeButton(pickWords(texts).close, () => close(), "quiet");
  const save = makeButton(labels.save, () => say((at) => boxes[at]?.checked === true));
  // Both answers look the same and stand side by side: neither is pressed upon anybody.
  const buttons = [
    makeButton(labels.accept, () => say(() => true)),
    makeButton(labels.reject, () => say(() => false)),
    save,
    aside,
  ];
  const section = make(
    "section",
    { role: byItself ? "region" : "dialog", "aria-labelledby": "title", lang: language },
    list,
    make("footer", {}, ...buttons),
  );
  const showChoice = (isOpen: boolean) => {
    list.hidden = save.hidden = !isOpen;
    aside.hidden = byItself && isOpen;
    (isOpen ? (boxes.find((box) => !box.disabled) ?? save) : aside).focus();
  };
  section.onkeydown = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    if (byItself && !list.hidden) showChoice(false);
    else close();
  };
  list.hidden = save.hidden = byItself;
  const close = mount(section, asked, makeHead(texts));
  if (!byItself) showChoice(true);
  return close;
}
