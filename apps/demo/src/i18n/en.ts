import { errorTexts } from '@yektayar/vue/texts'
import type { ConnectionStatus, ErrorCode, SessionState } from '../realtimeTypes.js'
import { chatEn } from './chatEn.js'

/** The page's texts in English; they define the type of every other language. */
export const en = {
  title: 'YektaYar Realtime',
  tagline: 'A support chat, and what is under its hood. All of it is state from the Vue binding.',
  skip: 'Skip to the commands',

  language: { switch: 'فارسی' },
  theme: { title: 'Theme', auto: 'System', light: 'Light', dark: 'Dark' },

  view: { title: 'View', chat: 'Chat', console: 'Console' },
  chat: chatEn,

  connection: {
    title: 'Connection',
    connect: 'Connect',
    disconnect: 'Disconnect',
    giveUp: 'Stop trying',
    underWay: 'Attempt {attempt} is under way.',
    nextRetry: 'Attempt {attempt} starts in {seconds} s.',
    backSameSession: 'Back after {seconds} s, with the same session.',
    backNewSession: 'Back after {seconds} s, with a new session.',
    transport: 'Transport',
    socket: 'Socket id',
    since: 'Connected since',
    losses: 'Losses so far',
    details: 'Connection in figures',
    nothingRead: 'Nothing is read',
    nothingReadWhy: 'All that arrives is dropped.',
    readAgain: 'Reads again in {seconds} s.',
    wayFree: 'The network is back in {seconds} s.',
  },
  statuses: {
    idle: 'Not connected',
    connecting: 'Connecting',
    connected: 'Connected',
    reconnecting: 'Reconnecting',
    offline: 'No network',
    stopped: 'Stopped',
  },
  explanations: {
    idle: 'Nothing runs in the background until you connect.',
    connecting: 'Getting a session, then the connection.',
    connected: 'Live: answers and events arrive.',
    reconnecting: 'The SDK is coming back by itself.',
    offline: 'Attempts go on as soon as the network is back.',
    stopped: 'It will not come back by itself. Connect to start over.',
  },
  reasons: errorTexts.en,

  latency: {
    title: 'Round trip in milliseconds',
    current: 'Now',
    median: 'Median',
    worst: 'Worst',
    unknown: 'no connection',
    none: 'Measured every {seconds} s while connected.',
    summary:
      'Round trip of the last {count} measurements: now {current}, median {median}, worst {worst}.',
  },

  session: {
    title: 'Session',
    state: 'State',
    states: {
      none: 'None yet',
      acquiring: 'Being acquired',
      active: 'Active',
      renewing: 'Being renewed',
      ended: 'Ended',
    },
    anonymous: 'Anonymous',
    names: { sara: 'Sara', omid: 'Omid' },
    signedIn: 'Signed in',
    signedOut: 'Nobody is signed in',
    signIn: 'Sign in',
    signingIn: 'Signing in…',
    signOut: 'Sign out',
    signingOut: 'Signing out…',
    offers: 'Fill in a demo user',
    username: 'User name',
    password: 'Password',
    incomplete: 'Fill in both.',
    expires: 'Expires',
    renew: 'Renew',
    renewing: 'Renewing…',
    token: 'Token',
    tokenKept: 'Stays inside the SDK',
    done: {
      signIn: 'The connection went on, and so did the session.',
      signOut: 'The connection went on. The token from before is dead.',
      renew: 'Renewed: a later end, and a new token.',
      end: 'That session is over.',
      replaced:
        'The session had expired, or was ended from elsewhere. A fresh one takes its place.',
    },
    failures: {
      wrongCredentials: 'User name or password is wrong.',
      noSignIn: 'This server has no sign-in.',
      alreadyOver: 'That session was over already.',
    },
    list: {
      title: 'Your sessions',
      refresh: 'Refresh',
      refreshNamed: 'Refresh the list of your sessions',
      loading: 'Asking the server…',
      none: 'Shown while connected.',
      unknownDevice: 'Unknown device',
      current: 'This browser',
      created: 'Started',
      lastSeen: 'Last seen',
      end: 'End',
      endNamed: 'End the session on {device}, started {when}',
      ending: 'Ending…',
    },
  },

  commands: {
    title: 'Commands',
    intro: 'Typed by the contract, answered every time: with a result or a typed error.',
    descriptions: {
      ping: 'Is the server there?',
      status: 'The server, and this connection.',
      info: 'What the server is and can do.',
      echo: 'Any JSON, to the server and back.',
      message: 'Hands a message to the server.',
    },
    send: 'Send',
    sendNamed: 'Send {name}',
    cancel: 'Cancel',
    waiting: 'Waiting for the connection…',
    pending: 'Waiting for the answer…',
    answered: 'Answered in {ms}',
    failed: 'Failed after {ms}',
    request: 'Request',
    requestOf: 'Request of {name}, as JSON',
    shortcut: 'Ctrl + Enter sends',
    answer: 'Answer',
    noAnswer: 'Not sent yet',
    answerOf: 'Answer of {name}',
    invalidJson: 'Nothing was sent: this is not JSON yet.',
    emptyJson: 'Nothing was sent: write a JSON value first.',
    quotesHint: 'Text needs double quotes around it.',
  },
  failure: {
    hint: 'Hint',
    mayHaveRunYes: 'Yes. Repeat it only if that is harmless.',
    mayHaveRunNo: 'No. The server did not act on it.',
    retryableYes: 'Yes. The same request may succeed later.',
    retryableNo: 'No. Something has to change first.',
  },

  log: {
    title: 'Event log',
    filter: 'Show',
    filters: { all: 'All', status: 'Status', event: 'Events', command: 'Commands' },
    clear: 'Clear',
    empty: 'Nothing here yet.',
    faults: {
      cutDone: 'You cut the connection',
      deafStarted: 'You stopped reading',
      deafDone: 'Reading again',
      endDone: 'You ended the session',
    },
    newestFirst: 'Event log, newest first',
    sent: 'sent',
    answered: 'answered in {ms}',
    failed: 'failed',
  },
} satisfies {
  statuses: Record<ConnectionStatus, string>
  explanations: Record<ConnectionStatus, string>
  reasons: Record<ErrorCode, string>
  session: Tree & { readonly states: Record<SessionState, string> }
} & Tree

/** The texts that every language must have. */
export type Messages = Texts<typeof en>

interface Tree {
  readonly [key: string]: string | Tree
}

type Texts<Node> = {
  readonly [Key in keyof Node]: Node[Key] extends string ? string : Texts<Node[Key]>
}
