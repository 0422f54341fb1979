/** Removes a container and its volumes; run by the leash of a process that may be gone: `remove-container.ts ID`. */
import { getContainerRuntimeClient } from 'testcontainers';

const [id = ''] = process.argv.slice(2);
const engine = await getContainerRuntimeClient();
await engine.container.getById(id).remove({ force: true, v: true });
