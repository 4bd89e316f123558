/** RFC 3261 §25.1: a quoted string, such as a display name. What stands in it is text, whatever it looks like. */
export const QUOTED = /"(?:[^"\\]|\\.)*"/g
