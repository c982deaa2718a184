import { CSPProvider } from '@base-ui/react/csp-provider';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { createApi } from './bridge.ts';
import { PartsProvider, createWindowParts } from './state/window.tsx';
import './styles/tokens.css';
import './styles/base.css';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no #root');

createRoot(root).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <PartsProvider parts={createWindowParts(createApi(window.trainyard))}>
        <App />
      </PartsProvider>
    </CSPProvider>
  </StrictMode>,
);
