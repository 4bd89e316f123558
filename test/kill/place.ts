/** The settings for a store: a folder of the default store, or the address of a database. */
export function storeAt(place: string): Readonly<Record<string, string>> {
  return place.startsWith('mongodb://') ? { XDMS_STORE: place } : { XDMS_DATA: place }
}
