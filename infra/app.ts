import { banyanApp } from './banyan-app.ts';

banyanApp().synth();
