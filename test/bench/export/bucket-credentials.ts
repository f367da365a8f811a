/** The server takes any. */
export const bucketCredentials = {
  AWS_ACCESS_KEY_ID: "bench",
  AWS_SECRET_ACCESS_KEY: "bench",
} as const;
