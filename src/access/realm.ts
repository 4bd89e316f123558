/**
 * Passwords are kept hashed with the realm in them, so a new realm would lock everybody out.
 * @param metadata gives the value that was kept under a name first.
 * @throws Error in words for people, where the store was made for another realm.
 */
export async function mustBeRealm(
  metadata: (name: string, make: () => string) => Promise<string>,
  realm: string,
): Promise<void> {
  const known = await metadata('realm', () => realm)
  if (known === realm) return
  throw new Error(
    `The store was made for the realm "${known}", and XDMS_REALM is "${realm}": with it no password would ` +
      `be right any more. Set XDMS_REALM=${known}.`,
  )
}
