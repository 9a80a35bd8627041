import { command, coreContract, extendContract, json, room } from '@yektayar/protocol'
import { z } from 'zod'

const Note = z.object({ id: z.number(), text: z.string() })
export type Note = z.infer<typeof Note>

/** The core contract with note commands of an app. */
export const noteContract = extendContract(coreContract, {
  commands: {
    'note:add': command({ input: z.object({ text: z.string().min(1) }), output: Note }),
    'note:save': command({ input: Note, output: Note, delivery: 'once' }),
  },
  events: { 'note:added': Note },
  rooms: { staff: room({ message: json }), 'notes:{topic}': room({ message: Note }) },
})
