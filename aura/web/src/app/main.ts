// Starts the page: identity from the address, the link to Aura, the views.
import { mount } from 'svelte';
import { takeIdentity } from '../link/identity';
import { connectSocket } from '../link/socket';
import { Studio } from '../views/studio.svelte';
import App from './App.svelte';
import './tokens.css';
import './base.css';

const studio = new Studio(connectSocket, takeIdentity());
if (innerWidth < 1280) studio.sidePanel = false;
const target = document.getElementById('page');
if (target) mount(App, { target, props: { studio } });
studio.open();
