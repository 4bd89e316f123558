/** How far V8 lets its heap grow. */
import { setFlagsFromString } from 'node:v8'

/**
 * Up to two and a half times what lives in it, before its large collector runs. Left alone it waits until there is four
 * times as much, and then stops everybody for longer. Up to twice would cost a PUT some 5 %: what it replaces was old
 * already. To be called once, at the start of a process.
 */
export function boundHeap(): void {
  setFlagsFromString('--heap-growing-percent=150')
}
