import { coreContract, extendContract, room } from '@yektayar/protocol'
import { z } from 'zod'

/** What both sides agree on: the page takes its types from it, the server its checks as well. */
export const contract = extendContract(coreContract, {
  rooms: {
    'support:{caseId}': room({
      message: z.object({ text: z.string().min(1).max(2_000) }),
      presence: z.object({ name: z.string().max(40) }),
    }),
  },
})
