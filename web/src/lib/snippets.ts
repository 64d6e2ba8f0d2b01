import type { Source } from "./api";

/** A piece of code that sends the first event, ready to paste. */
export interface Snippet {
  key: "script" | "npm" | "browser" | "node" | "python" | "curl" | "webhook";
  title: string;
  code: string;
}

/** What fits the kind of source; the first is the shortest way to a first event. */
export function makeSnippets(
  source: Pick<Source, "kind" | "write_key">,
  origin: string,
): Snippet[] {
  const key = source.write_key;
  switch (source.kind) {
    case "browser":
      return [
        scriptTag(key, origin),
        npm(key, origin),
        segmentBrowser(key, origin),
        curl(key, origin),
      ];
    case "webhook":
      return [webhook(key, origin)];
    default:
      return [curl(key, origin), python(key, origin), node(key, origin)];
  }
}

function scriptTag(key: string, origin: string): Snippet {
  return {
    key: "script",
    title: "HTML",
    code: `<script async src="${origin}/sdk/kizuna.js" data-write-key="${key}"></script>
<script>
  window.analytics = window.analytics || [];
  analytics.push(["track", "Product Viewed", { product_id: "sku-1", name: "Tea bowl", price: 4800 }]);
</script>`,
  };
}

function npm(key: string, origin: string): Snippet {
  return {
    key: "npm",
    title: "@kizuna/browser",
    code: `import { load } from "@kizuna/browser";

const analytics = load({ writeKey: "${key}", host: "${origin}" });
analytics.identify("user-1", { email: "ada@example.com" });
analytics.track("Product Viewed", { product_id: "sku-1", price: 4800 });`,
  };
}

function segmentBrowser(key: string, origin: string): Snippet {
  return {
    key: "browser",
    title: "@segment/analytics-next",
    code: `import { AnalyticsBrowser } from "@segment/analytics-next";

const analytics = AnalyticsBrowser.load({ writeKey: "${key}", cdnURL: "${origin}" });
analytics.track("Product Viewed", { product_id: "sku-1", price: 4800 });`,
  };
}

function node(key: string, origin: string): Snippet {
  return {
    key: "node",
    title: "@segment/analytics-node",
    code: `import { Analytics } from "@segment/analytics-node";

const analytics = new Analytics({ writeKey: "${key}", host: "${origin}" });
analytics.track({ userId: "user-1", event: "Order Completed", properties: { order_id: "o-1", total: 4800 } });
await analytics.closeAndFlush();`,
  };
}

function python(key: string, origin: string): Snippet {
  return {
    key: "python",
    title: "segment-analytics-python",
    code: `import segment.analytics as analytics

analytics.write_key = "${key}"
analytics.host = "${origin}"
analytics.track("user-1", "Order Completed", {"order_id": "o-1", "total": 4800})
analytics.flush()`,
  };
}

function curl(key: string, origin: string): Snippet {
  return {
    key: "curl",
    title: "curl",
    code: `curl ${origin}/v1/track \\
  -u ${key}: \\
  -H 'Content-Type: application/json' \\
  -d '{"userId":"user-1","event":"Order Completed","properties":{"order_id":"o-1","total":4800}}'`,
  };
}

function webhook(key: string, origin: string): Snippet {
  return {
    key: "webhook",
    title: "curl",
    code: `SECRET='paste the signing secret'
BODY='{"customer":{"id":"user-1"},"order":{"id":"o-1","total":4800}}'
T=$(date +%s)
V1=$(printf '%s.%s' "$T" "$BODY" | openssl dgst -sha256 -hmac "$SECRET" -r | cut -d' ' -f1)
curl ${origin}/in/${key} \\
  -H "X-Kizuna-Signature: t=$T,v1=$V1" \\
  -H 'Content-Type: application/json' \\
  -d "$BODY"`,
  };
}
