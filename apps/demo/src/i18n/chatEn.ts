import type { creatures, qualities } from '../chat/friendlyName.js'
import type { RoomChoice } from '../chat/rooms.js'

/** The texts of the chat in English. */
export const chatEn = {
  title: 'Support chat',
  connect: 'Connect',
  room: 'Room',
  rooms: { lobby: 'Lobby', sleep: 'Sleep', worries: 'Worries', own: 'Only me' },
  about: {
    lobby: 'Open to everybody. How are you today?',
    sleep: 'For nights that are too long.',
    worries: 'For what goes round and round in the head.',
    own: 'Notes to yourself. The server lets nobody else in.',
  },

  people: {
    title: 'Here now',
    you: 'You',
    support: 'Support',
    more: 'and {count} more',
    called: '{quality} {creature}',
    qualities: {
      brave: 'Brave',
      bright: 'Bright',
      calm: 'Calm',
      cheerful: 'Cheerful',
      curious: 'Curious',
      gentle: 'Gentle',
      kind: 'Kind',
      merry: 'Merry',
      patient: 'Patient',
      quiet: 'Quiet',
      silver: 'Silver',
      steady: 'Steady',
      sunny: 'Sunny',
      thoughtful: 'Thoughtful',
      warm: 'Warm',
      wise: 'Wise',
    },
    creatures: {
      crane: 'Crane',
      deer: 'Deer',
      dolphin: 'Dolphin',
      finch: 'Finch',
      fox: 'Fox',
      hedgehog: 'Hedgehog',
      heron: 'Heron',
      koala: 'Koala',
      otter: 'Otter',
      owl: 'Owl',
      panda: 'Panda',
      rabbit: 'Rabbit',
      robin: 'Robin',
      squirrel: 'Squirrel',
      swan: 'Swan',
      turtle: 'Turtle',
    },
  },

  log: {
    title: 'Messages in {room}',
    opening: 'Opening the room…',
    empty: 'Nobody has written here yet. Say hello.',
    waiting: 'The room opens as soon as there is a connection.',
    closed: 'This room stays closed',
    loadingOlder: 'Loading older messages…',
    olderFailed: 'Older messages could not be loaded.',
    tryAgain: 'Try again',
    oldest: 'Nothing is older than this.',
    today: 'Today',
    yesterday: 'Yesterday',
    unseen: 'One new message | {count} new messages',
    toEnd: 'To the newest message',
  },
  states: { sending: 'Sending', delivered: 'Delivered', failed: 'Not delivered' },
  retry: 'Send again',
  retryNamed: 'Send again: {text}',
  discard: 'Discard',
  discardNamed: 'Discard: {text}',
  mayHaveRun: 'It may have arrived all the same.',
  continuity: {
    continuous: 'Back again. Nothing was missed.',
    replayed: 'Back again. One message caught up. | Back again. {count} messages caught up.',
    truncated: 'There is a gap here: what was missed is not kept any more.',
    epoch_changed: 'There is a gap here: the server has begun a new log.',
  },
  typing: {
    one: '{name} is typing…',
    two: '{name} and {other} are typing…',
    many: 'Several people are typing…',
  },
  identity: {
    replaced: 'A new session: you are {name} now. What {before} wrote stays under that name.',
    signedIn: 'Signed in: you are {name} now. What you wrote before stays yours.',
  },
  signIn: 'Sign in',
  waiting: 'One message waits for the connection. | {count} messages wait for the connection.',

  composer: {
    label: 'Message',
    placeholder: 'Write a message',
    offline: 'Write on: it is kept here, and sent later',
    send: 'Send the message',
    left: 'One character left | {count} characters left',
    over: 'One character too many | {count} characters too many',
  },

  score: {
    title: 'What became of this page’s messages',
    sent: 'Sent',
    delivered: 'Delivered',
    lost: 'Lost',
    doubled: 'Doubled',
    outOfOrder: 'Out of order',
    since: 'By the room’s log, since this page was opened at {time}.',
    underWay: 'One is under way. | {count} are under way.',
    failed: 'One was not delivered, and says so. | {count} were not delivered, and say so.',
  },

  faults: {
    title: 'Try to lose a message',
    intro: 'Write while you press one of these, and watch.',
    left: '{seconds} s',
    nothingRead: 'Nothing is read: {seconds} s left',
    noWay: 'No network: {seconds} s left',
    cut: {
      name: 'Cut the connection',
      back: 'Reconnect',
      about: 'Closes the transport under the SDK, and lets no attempt through for {seconds} s.',
      done: 'Cut. The SDK comes back by itself.',
      returned: 'It was cut, and is back by itself.',
      impossible: 'There is no connection to cut just now.',
    },
    deaf: {
      name: 'Stop reading',
      back: 'Read again',
      about: 'For {seconds} s the page drops all that arrives: messages, answers, heartbeats.',
      started: 'All that arrives is dropped now.',
      done: 'Reading again. What is missing is noticed and fetched.',
      impossible: 'Without a connection there is nothing to read.',
    },
    end: {
      name: 'End the session',
      busy: 'Ending…',
      about: 'Ends it on the server, as from another device. A fresh one takes over.',
      done: 'That session is over. To the others you are somebody new.',
    },
    second: {
      name: 'Second window',
      about:
        'Opens this page beside. It is you there too; in a private window you are somebody else.',
    },
  },
} satisfies {
  rooms: Record<RoomChoice, string>
  people: Tree & {
    qualities: Record<(typeof qualities)[number], string>
    creatures: Record<(typeof creatures)[number], string>
  }
} & Tree

interface Tree {
  readonly [key: string]: string | Tree
}
