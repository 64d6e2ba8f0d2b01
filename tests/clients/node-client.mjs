// Sends one call of each kind with Segment's own Node client: node node-client.mjs HOST WRITE_KEY
import { Analytics } from "@segment/analytics-node";

const [host, writeKey] = process.argv.slice(2);
const analytics = new Analytics({ host, writeKey, flushAt: 3 });
const failures = [];
analytics.on("error", (error) => failures.push(String(error.reason ?? error.code)));

analytics.identify({ userId: "node-1", traits: { name: "山田 花子", email: "hanako@example.jp" } });
analytics.track({ userId: "node-1", event: "Order Completed", properties: { order_id: "o-1", total: 1200 } });
analytics.page({ anonymousId: "node-a1", name: "Home", properties: { path: "/" } });
analytics.screen({ anonymousId: "node-a1", name: "Cart" });
analytics.group({ userId: "node-1", groupId: "g-1", traits: { name: "ACME" } });
analytics.alias({ userId: "node-1", previousId: "node-old" });
await analytics.closeAndFlush({ timeout: 20_000 });
if (failures.length > 0) {
  console.error(failures.join("\n"));
  process.exit(1);
}
