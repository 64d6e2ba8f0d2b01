import { afterEach, describe, expect, it, vi } from "vitest";
import { fetchTexts, pickLanguage } from "../src/banner/texts";
import { buildTheme } from "../src/banner/theme";

afterEach(() => vi.unstubAllGlobals());

it.each([
  [["ja"], "ja"],
  [["ja-JP"], "ja"],
  [["en-GB", "ja"], "en"],
  [[undefined, "", "ja"], "ja"],
  [["fr"], "en"],
  [["jam"], "en"],
  [[undefined, null, ""], "en"],
] as const)("of %j the language is %s", (named, language) => {
  expect(pickLanguage(...named)).toBe(language);
});

describe("the texts", () => {
  const answer = (status: number, body: unknown) => {
    const fetched = vi.fn(async () => new Response(JSON.stringify(body), { status }));
    vi.stubGlobal("fetch", fetched);
    return fetched;
  };

  it("are asked for by write key and language, without cookies", async () => {
    const fetched = answer(200, { purposes: [{ key: "analytics" }] });
    await fetchTexts("https://kizuna.example", "wk/1", "ja");
    expect(fetched).toHaveBeenCalledWith("https://kizuna.example/v1/consent/wk%2F1?language=ja", {
      credentials: "omit",
    });
  });

  it.each([
    [404, { title: "Not found" }],
    [200, { purposes: [] }],
    [200, null],
  ])("that cannot be used are an error (%i, %j)", async (status, body) => {
    answer(status, body);
    await expect(fetchTexts("", "wk", "en")).rejects.toThrow(String(status));
  });
});

describe("the theme", () => {
  it.each([
    ["#3B3A8F", "#fff", "#3B3A8F"],
    ["#000000", "#fff", "#000000"],
    // On white, grey is readable down to this one.
    ["#767676", "#fff", "#767676"],
    ["#777777", "#000", "#1c1c1c"],
    ["#ffd400", "#000", "#1c1c1c"],
    ["#ffffff", "#000", "#1c1c1c"],
  ])("writes on %s in %s, and draws lines in %s", (color, ink, line) => {
    expect(buildTheme({ color, radius: 8 })).toBe(
      `:host{--fill:${color};--ink:${ink};--line:${line};--radius:8px}`,
    );
  });

  it.each(["red", "#fff", "#3B3A8F}*{display:none", "", undefined as never])(
    "takes the house colour for %s",
    (color) => {
      expect(buildTheme({ color, radius: 0 })).toContain("--fill:#3b3a8f;--ink:#fff;");
    },
  );

  it.each([
    [-4, "0px"],
    [900, "24px"],
    ["1px}x" as never, "0px"],
  ])("rounds by %s as %s", (radius, shown) => {
    expect(buildTheme({ color: "#000000", radius })).toContain(`--radius:${shown}}`);
  });
});
