import type { JsonObject } from "./api";

interface Amount {
  value: number;
  currency: string;
}

/** What one line can say about an event: an amount, and the words that name its object. */
export interface EventSummary {
  amount: Amount | null;
  text: string;
}

const NAMING = [
  "product_name",
  "name",
  "title",
  "query",
  "order_id",
  "coupon_name",
  "coupon",
  "category",
  "campaign",
  "store",
  "subject",
  "path",
  "url",
];

const AMOUNTS = ["total", "revenue", "value", "price"];

/** Reads the e-commerce v2 vocabulary and page calls; other events show their first short texts. */
export function summarizeEvent(given: unknown, currency: string): EventSummary {
  const properties: JsonObject = isObject(given) ? given : {};
  const amountKey = AMOUNTS.find((key) => typeof properties[key] === "number");
  const amount =
    amountKey === undefined
      ? null
      : {
          value: properties[amountKey] as number,
          currency: typeof properties.currency === "string" ? properties.currency : currency,
        };
  const named = NAMING.map((key) => shortText(properties[key])).filter(Boolean);
  const products = summarizeProducts(properties.products);
  const texts = products ? [products, ...named] : named;
  const shown = texts.length ? texts : Object.values(properties).map(shortText).filter(Boolean);
  return { amount, text: [...new Set(shown)].slice(0, 2).join(" · ") };
}

/** Whether there is anything to say about an event besides its name. */
export function isTelling(event: { properties: unknown }): boolean {
  const { amount, text } = summarizeEvent(event.properties, "");
  return amount !== null || text !== "";
}

function summarizeProducts(products: unknown): string {
  if (!Array.isArray(products) || products.length === 0) return "";
  const first: unknown = products[0];
  const name = isObject(first) ? shortText(first.name ?? first.product_id) : "";
  const others = products.length > 1 ? ` +${products.length - 1}` : "";
  return name ? `${name}${others}` : `×${products.length}`;
}

function shortText(value: unknown): string {
  if (typeof value !== "string") return "";
  return value.length > 60 ? `${value.slice(0, 59)}…` : value;
}

export function formatAmount({ value, currency }: Amount, locale: string): string {
  try {
    return new Intl.NumberFormat(locale, { style: "currency", currency }).format(value);
  } catch {
    // A currency that is none, as senders sometimes write: the number alone is still right.
    return new Intl.NumberFormat(locale).format(value);
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
