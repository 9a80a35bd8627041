import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { SupportChat } from './SupportChat'

const main = document.querySelector('#app')
if (main) {
  createRoot(main).render(
    <StrictMode>
      <SupportChat caseId="42" />
    </StrictMode>,
  )
}
