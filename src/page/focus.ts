/**
 * Whoever goes by keys keeps his place: nothing that has the focus loses it because something is being saved, is read
 * again, has moved or is gone.
 */

/**
 * A button that is `disabled` loses the focus; with `aria-disabled` it keeps it, says that it does nothing now, and
 * here does nothing. Enter in a field of a form is a click on its button, too.
 */
export function heedDisabled(root: HTMLElement): void {
  const refuse = (event: Event): void => {
    if ((event.target as Element).closest('[aria-disabled=true]') === null) return
    event.preventDefault()
    event.stopImmediatePropagation()
  }
  root.addEventListener('click', refuse, true)
}

export function keepFocus(root: HTMLElement): void {
  let at: HTMLElement | undefined
  root.addEventListener('focusin', ({ target }) => void (at = target as HTMLElement))
  root.addEventListener('focusout', ({ target }) =>
    // 1. It is taken out, which takes the focus away. 2. What takes it out has come to its end, and this is called.
    queueMicrotask(() => {
      if (at === target && at?.isConnected === true && isNowhere()) at = undefined
    }),
  )
  new MutationObserver((changes) => {
    const was = at
    const gone = changes.findLast(({ removedNodes }) => [...removedNodes].some((one) => one.contains(was ?? null)))
    if (was === undefined || gone === undefined || !isNowhere()) return
    // It was only put into another place.
    if (was.isConnected) return was.focus({ preventScroll: true })
    const near = [gone.nextSibling, gone.previousSibling, root.querySelector('main h1')]
    goTo(near.find((one): one is HTMLElement => one instanceof HTMLElement && one.isConnected))
  }).observe(root, { childList: true, subtree: true })
}

function isNowhere(): boolean {
  return document.activeElement === null || document.activeElement === document.body
}

/** The thing itself, not a button in it: a second Enter must not do to it what was done to what is gone. */
function goTo(place: HTMLElement | undefined): void {
  if (place === undefined) return
  if (place.tabIndex < 0) place.tabIndex = -1
  place.focus({ preventScroll: true })
}
