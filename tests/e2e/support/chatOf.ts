import type { Page } from 'playwright-core'

/** The chat of the demo on a page. */
export function chatOf(page: Page) {
  const conversation = page.getByTestId('conversation')
  const composer = page.getByRole('textbox', { name: 'Message', exact: true })
  const inState = (state: string) =>
    conversation.locator(`[data-testid=message][data-state=${state}]`)
  return {
    page,
    conversation,
    composer,
    people: page.getByTestId('people').getByRole('listitem'),
    typing: page.getByTestId('typing'),
    continuity: conversation.getByTestId('continuity'),
    report: page.getByTestId('fault-report'),
    /** Waits until the room is joined and its members are shown. */
    isOpen: () => page.getByTestId('people').getByText('You', { exact: true }).waitFor(),
    /** The name under which other members see this page's user. */
    ownName: () =>
      page
        .getByTestId('people')
        .getByRole('listitem')
        .filter({ hasText: 'You' })
        .locator('bdi')
        .innerText(),
    async enter(room: string) {
      await page.getByRole('radio', { name: room }).check()
    },
    async write(text: string) {
      await composer.fill(text)
      await composer.press('Enter')
    },
    /** A message with this text in this state. */
    message: (text: string, state = 'delivered') =>
      inState(state).filter({ has: page.getByText(text, { exact: true }) }),
    /** Waits until this many messages are delivered. */
    hasDelivered: (count: number) =>
      inState('delivered')
        .nth(count - 1)
        .waitFor(),
    /** All message texts, in display order. */
    texts: () => conversation.getByTestId('text').allInnerTexts(),
    press: (name: string) => page.getByRole('button', { name, exact: true }).click(),
    /** Waits until the page shows this connection status beside the chat. */
    is: (status: string) =>
      page.locator(`[data-testid=chat-status][data-status=${status}]`).waitFor(),
  }
}
