/* global document, fetch, location, setTimeout */

const LOOK_MS = 400
const buttons = {
  kill: [
    'Kill',
    'SIGKILL: the process is gone at once',
    ['ready', 'not ready', 'frozen', 'draining'],
  ],
  stop: ['Freeze', 'SIGSTOP: the process stands still', ['ready', 'not ready']],
  resume: ['Continue', 'SIGCONT: the process goes on', ['frozen']],
  drain: ['Drain', 'SIGTERM: the process ends in order', ['ready', 'not ready']],
  start: ['Start', 'Starts the process again', ['down']],
}
/** Two host names of this machine are two origins, and so two people with sessions of their own. */
const others = { localhost: '127.0.0.1', '127.0.0.1': 'localhost' }
/** Several of these pages may be open, so that names need a part of their own. */
const page = Math.random().toString(36).slice(2, 8)
const windows = {
  [`left${page}`]: ['Left window', location.hostname],
  [`right${page}`]: ['Right window', others[location.hostname] ?? location.hostname],
}
const $ = (id) => document.getElementById(id)
const titles = {}

for (const [name, [title, host]] of Object.entries(windows)) {
  const section = $('window').content.cloneNode(true).firstElementChild
  titles[name] = section.querySelector('h2')
  titles[name].textContent = title
  const frame = section.querySelector('iframe')
  frame.title = title
  frame.src = `http://${host}:${location.port}/?window=${name}`
  $('windows').append(section)
}

/** The elements of each node, made when it is first seen. */
const cards = new Map()

function cardOf(name, number) {
  if (cards.has(name)) return cards.get(name)
  const item = $('node').content.cloneNode(true).firstElementChild
  item.querySelector('h2').textContent = name
  for (const [action, [label, about]] of Object.entries(buttons)) {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = label
    button.title = about
    button.dataset.action = action
    button.setAttribute('aria-label', `${label} ${name}`)
    button.addEventListener('click', () => void press(number, action, `${label} ${name}`))
    item.querySelector('.buttons').append(button)
  }
  $('nodes').append(item)
  cards.set(name, item)
  return item
}

async function press(number, action, what) {
  try {
    const { ok, status } = await fetch(`/cluster/nodes/${number}/${action}`, { method: 'POST' })
    $('report').textContent = ok ? '' : `${what}: refused with ${status}`
  } catch {
    $('report').textContent = `${what}: the cluster does not answer`
  }
  await show()
}

async function show() {
  try {
    const state = await (await fetch('/cluster/state')).json()
    $('about').textContent = `Store: ${state.store} · news between nodes: ${state.bus}`
    state.nodes.forEach((node, index) => showNode(node, index + 1, state.windows))
    for (const [name, [title]] of Object.entries(windows)) {
      const on = [...new Set(state.windows[name] ?? [])].join(', ')
      titles[name].textContent = `${title}: ${on === '' ? 'not connected' : `on ${on}`}`
    }
    document.body.classList.remove('lost')
  } catch {
    document.body.classList.add('lost')
    $('report').textContent = 'The cluster has ended: start it again with npm run cluster'
  }
}

function showNode({ name, state, connections, pid }, number) {
  const card = cardOf(name, number)
  card.dataset.state = state.replace(' ', '-')
  card.querySelector('.state').textContent = state
  card.querySelector('.connections').textContent =
    connections === 1 ? '1 connection' : `${connections} connections`
  card.querySelector('.process').textContent = pid === undefined ? '' : ` · process ${pid}`
  for (const button of card.querySelectorAll('button')) {
    button.hidden = !buttons[button.dataset.action][2].includes(state)
  }
}

async function look() {
  await show()
  setTimeout(look, LOOK_MS)
}
void look()
