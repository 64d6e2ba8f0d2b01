import { expect, test } from "vitest";
import type { PrivacyRequest } from "@/lib/api";
import { daysLeft, orderRequests, readDeadline, readReceipt } from "./request-rules";

const TOKYO = "Asia/Tokyo";
/** The first moment after 24 March in Tokyo. */
const DUE = "2026-03-24T15:00:00Z";

function request(id: number, state: PrivacyRequest["state"], due: string): PrivacyRequest {
  return {
    id,
    kind: "access",
    state,
    law: "APPI",
    via: "app",
    note: "",
    subjects: 1,
    received_at: "2026-03-10T15:00:00Z",
    due_at: due,
    overdue: false,
    extended_reason: null,
    started_at: null,
    finished_at: null,
    job_id: null,
    receipt: null,
    actor_name: "Ada",
  };
}

test("days are counted by the calendar of the workspace", () => {
  expect(daysLeft(DUE, TOKYO, new Date("2026-03-20T00:00:00Z"))).toBe(4);
  expect(daysLeft(DUE, TOKYO, new Date("2026-03-23T15:00:00Z"))).toBe(0);
  expect(daysLeft(DUE, TOKYO, new Date("2026-03-24T14:59:00Z"))).toBe(0);
  expect(daysLeft(DUE, TOKYO, new Date("2026-03-24T15:00:00Z"))).toBe(-1);
});

test("a deadline gets urgent in its last third, and overdue after its last day", () => {
  const one = request(1, "received", DUE);
  const urgency = (now: string) => readDeadline(one, TOKYO, new Date(now)).urgency;
  expect(urgency("2026-03-12T00:00:00Z")).toBe("calm");
  expect(urgency("2026-03-21T00:00:00Z")).toBe("soon");
  expect(urgency("2026-03-25T00:00:00Z")).toBe("overdue");
});

test("what is due first stands first, each once, and what has ended last", () => {
  const rows = [
    request(5, "done", "2026-03-01T00:00:00Z"),
    request(6, "received", "2026-04-09T00:00:00Z"),
    request(7, "refused", "2026-03-02T00:00:00Z"),
    request(2, "failed", "2026-03-09T00:00:00Z"),
    request(2, "failed", "2026-03-09T00:00:00Z"),
  ];
  expect(orderRequests(rows).map((row) => row.id)).toEqual([2, 6, 7, 5]);
});

test("a receipt is read store by store, the fullest first", () => {
  const receipt = { stores: { a: 1, b: 9 }, people: 1, notes: ["kept"], by: "Ada" };
  expect(readReceipt(receipt)).toEqual({
    stores: [
      ["b", 9],
      ["a", 1],
    ],
    facts: [["people", 1]],
    notes: ["kept"],
    text: null,
  });
  expect(readReceipt({ reason: "not the person" }).text).toBe("not the person");
});
