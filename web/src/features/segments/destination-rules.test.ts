import { expect, test } from "vitest";
import type { DestinationKind } from "@/lib/api";
import { cleanSettings, makeDraft, readSettingErrors } from "./destination-rules";

const kind = {
  key: "http",
  schema: {
    type: "object",
    properties: {
      url: { type: "string" },
      method: { enum: ["POST", "PUT"], default: "POST" },
      secret_header: { type: "string", writeOnly: true, default: "" },
    },
  },
} as unknown as DestinationKind;

test("a new destination begins as its kind says", () => {
  expect(makeDraft(kind).settings).toEqual({ method: "POST", secret_header: "" });
});

test("a secret that was left empty is not sent, so the one that is kept stays", () => {
  expect(cleanSettings(kind, { url: "", secret_header: "", method: null })).toEqual({ url: "" });
  expect(cleanSettings(kind, { secret_header: "Authorization: x" })).toEqual({
    secret_header: "Authorization: x",
  });
});

test("errors of settings stand beside their fields", () => {
  expect(readSettingErrors({ "settings.url": "https only", name: "taken" })).toEqual({
    url: "https only",
    name: "taken",
  });
});
