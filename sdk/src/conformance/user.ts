import { randomBytes, randomInt } from "node:crypto";

/** A user that no service knows yet, under every kind of identifier. */
export interface TestUser {
  /** The portal account, and the `report_uid` of every call. */
  readonly uid: string;
  /** Other accounts of the same person. */
  readonly otherUids: readonly string[];
  /** The identifiers as every call bears them. Source: contract section 7. */
  readonly body: {
    readonly yandex_uids: readonly { uid: string; is_portal: boolean }[];
    readonly user_ids: readonly string[];
    readonly phone_ids: readonly string[];
    readonly personal_phone_ids: readonly string[];
    readonly personal_email_ids: readonly string[];
    readonly request_id: string;
  };
}

/** @param others - how many more accounts the person has. */
export function newUser(others = 0): TestUser {
  const uid = newUid();
  const otherUids = Array.from({ length: others }, newUid);
  const id = (kind: string) => `${kind}${randomBytes(10).toString("hex")}`;
  return {
    uid,
    otherUids,
    body: {
      yandex_uids: [
        { uid, is_portal: true },
        ...otherUids.map((other) => ({ uid: other, is_portal: false })),
      ],
      user_ids: [id("user")],
      phone_ids: [id("phone")],
      personal_phone_ids: [id("tel")],
      personal_email_ids: [id("mail")],
      request_id: id("portal"),
    },
  };
}

/** Everything that names the person, for looking whether it stands where it must not. */
export function identifiersOf({ body }: TestUser): readonly string[] {
  return [
    ...body.yandex_uids.map(({ uid }) => uid),
    ...body.user_ids,
    ...body.phone_ids,
    ...body.personal_phone_ids,
    ...body.personal_email_ids,
    body.request_id,
  ];
}

/** Fits a signed 64-bit column, and is long enough to be found in a text by nothing but itself. */
function newUid(): string {
  return `8${String(randomInt(10 ** 9)).padStart(9, "0")}${String(randomInt(10 ** 6)).padStart(6, "0")}`;
}
