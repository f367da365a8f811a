import type { Identity } from "../domain/identity.ts";

/** The common body of the generic handlers (contract 7), from our words to the wire's. */
export function commonBody(
  identity: Identity,
  categoryIds: readonly string[],
  requestId: string | null,
) {
  const { userIds, phoneIds, personalPhoneIds, personalEmailIds } = identity;
  return {
    yandex_uids: identity.uids.map(({ uid, isPortal }) => ({ uid, is_portal: isPortal })),
    ...(userIds && { user_ids: userIds }),
    ...(phoneIds && { phone_ids: phoneIds }),
    ...(personalPhoneIds && { personal_phone_ids: personalPhoneIds }),
    ...(personalEmailIds && { personal_email_ids: personalEmailIds }),
    categories: categoryIds,
    ...(requestId !== null && { request_id: requestId }),
  };
}
