import { spawnSync } from "node:child_process";

/** A Python 3 that has the package `cryptography`, where there is one. */
export function findPython(): string | undefined {
  return ["python3", "/usr/bin/python3"].find((python) => {
    const { status } = spawnSync(python, [
      "-c",
      "import cryptography, sys; assert sys.version_info >= (3, 9)",
    ]);
    return status === 0;
  });
}
