import { expect, it } from "vitest";
import { readSettings } from "../src/settings";

it("reads data-attributes as what they mean", () => {
  const data = {
    writeKey: "123456",
    respectDnt: "",
    debug: "false",
    flushAt: "5",
    consent: "required",
    cookieDomain: ".example.com",
  };
  expect(readSettings(data, "https://kizuna.example:8443/sdk/kizuna.js?v=1")).toEqual({
    global: "analytics",
    options: {
      host: "https://kizuna.example:8443",
      writeKey: "123456",
      respectDnt: true,
      debug: false,
      flushAt: 5,
      consent: "required",
      cookieDomain: ".example.com",
    },
  });
});

it("takes another host and another global name", () => {
  const { global, options } = readSettings(
    { host: "https://t.example", global: "kz" },
    "https://cdn.example/k.js",
  );
  expect(global).toBe("kz");
  expect(options.host).toBe("https://t.example");
});
