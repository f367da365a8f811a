/** The value of each key that may be left out, written as the file would. Source: contract, section 12. */
export const defaults = {
  hub: { client: "takeout", public_url: "http://127.0.0.1:8080" },
  portal: { allow: ["status", "delete", "export"] },
  identity: { url: "http://127.0.0.1:4100", client: "identity", timeout: "2s" },
  status: { budget: "3s", trust_for: "1h" },
  stuck: { warn_after: "24h", alarm_after: "48h", deadline: "30d" },
  keep: { requests: "90d", ledger: "1095d" },
  blobs: { path: "./data/blobs" },
  export: { deadline: "72h", delivery: "store", keep: "7d", concurrency: 4 },
  delete: { concurrency: 32 },
  limits: { portal: "2000/s", user: "120/m", service: "2000/s" },
  service: {
    export: false,
    completion: "report",
    attempts: 20,
    backoff: { first: "1s", max: "10m" },
    timeout: { status: "1s", delete: "10s", export: "30s" },
    report_within: "1h",
    concurrency: 16,
  },
} as const;
