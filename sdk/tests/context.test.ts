import { describe, expect, it } from "vitest";
import { noteReferrer, parseCampaign, pickForeign, readReferrer } from "../src/context";
import { createStore } from "../src/store";

it.each([
  [
    "?utm_campaign=spring&utm_source=line&utm_medium=push",
    { name: "spring", source: "line", medium: "push" },
  ],
  ["?utm_term=%E7%B5%86&utm_content=b&utm_id=7", { term: "絆", content: "b", id: "7" }],
  ["?UTM_Source=News", { source: "News" }],
  ["?utm_source=&q=1", null],
  ["", null],
  ["?utm_source=%ff%", { source: "\ufffd%" }],
])("reads the campaign of %s", (search, campaign) => {
  expect(parseCampaign(search)).toEqual(campaign);
});

describe("pickForeign", () => {
  it.each([
    ["https://search.example/?q=1", "https://search.example/?q=1"],
    ["https://shop.brand.jp/a", ""],
    ["https://www.brand.jp:8443/a", ""],
    ["https://brand.jp/", ""],
    ["https://otherbrand.jp/", "https://otherbrand.jp/"],
    ["android-app://com.example", ""],
    ["", ""],
  ])("%s", (referrer, foreign) => {
    expect(pickForeign(referrer, "shop.brand.jp", ".brand.jp")).toBe(foreign);
  });

  it("knows only its own host without a shared domain", () => {
    expect(pickForeign("https://www.brand.jp/", "shop.brand.jp")).toBe("https://www.brand.jp/");
  });
});

describe("referrer", () => {
  it("keeps the first and follows the last", () => {
    const store = createStore("s.");
    noteReferrer(store, "https://a.example/");
    noteReferrer(store, "");
    noteReferrer(store, "https://b.example/");
    expect(readReferrer(store)).toEqual({
      url: "https://b.example/",
      firstUrl: "https://a.example/",
    });
  });

  it("does not call the second visit the first when that one was direct", () => {
    const store = createStore("s.");
    noteReferrer(store, "");
    expect(readReferrer(store)).toBeUndefined();
    noteReferrer(store, "https://b.example/");
    expect(readReferrer(store)).toEqual({ url: "https://b.example/", firstUrl: undefined });
  });
});
