// SPDX-License-Identifier: Apache-2.0
// What the tests in a browser promise, one line each.
let failures = 0;

/** One promise: holds unless `check` throws or gives false. */
export async function promise(name, check) {
  try {
    if ((await check()) === false) throw new Error("it is not so");
    console.log(`ok ${name}`);
  } catch (error) {
    failures++;
    console.log(`FAIL ${name}\n    ${String(error).split("\n").slice(0, 6).join("\n    ")}`);
  }
}

/** End the test: status 1 if a promise was broken. */
export function finish() {
  process.exit(failures > 0 ? 1 : 0);
}
