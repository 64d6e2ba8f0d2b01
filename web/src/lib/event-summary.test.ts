import { expect, test } from "vitest";
import { formatAmount, summarizeEvent } from "./event-summary";

test("an order shows its total and its products", () => {
  const { amount, text } = summarizeEvent(
    { order_id: "o-1", total: 4800, products: [{ name: "Tea bowl" }, { name: "Tray" }] },
    "JPY",
  );
  expect(amount).toEqual({ value: 4800, currency: "JPY" });
  expect(text).toBe("Tea bowl +1 · o-1");
});

test("an event without known properties shows its first texts", () => {
  expect(summarizeEvent({ mood: "calm", n: 3 }, "JPY")).toEqual({ amount: null, text: "calm" });
  expect(summarizeEvent(null, "JPY")).toEqual({ amount: null, text: "" });
});

test("yen have no decimals, and a currency that is none does not throw", () => {
  expect(formatAmount({ value: 4800, currency: "JPY" }, "ja")).toBe("￥4,800");
  expect(formatAmount({ value: 4800, currency: "points" }, "ja")).toBe("4,800");
});
