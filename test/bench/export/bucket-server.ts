import { startFauxqs } from "fauxqs";

const [s3StorageDir = ""] = process.argv.slice(2);
const bucket = "takeout-bench";
const server = await startFauxqs({ port: 0, host: "127.0.0.1", logger: false, s3StorageDir });
server.createBucket(bucket);
process.send?.({ bucket, port: server.port });
