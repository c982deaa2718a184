import type { BuildNames } from './names.ts';

/** The entry of the desktop's menu. It opens `trainyard:` links and has the queue's control as its actions. X11 knows its windows by the product's name. */
export function desktopEntry({ productName, testBuild }: BuildNames, program: string): string {
  return `[Desktop Entry]
Type=Application
Name=${productName}
GenericName=Queue of training runs
Comment=Queues training runs on your GPUs and stops any of them cleanly${testBuild ? ' (test build)' : ''}
Exec=${program} %u
Icon=trainyard
Terminal=false
StartupNotify=true
StartupWMClass=${productName}
Categories=Science;ArtificialIntelligence;
Keywords=training;GPU;queue;jobs;machine learning;
MimeType=x-scheme-handler/trainyard;
Actions=pause;run;

[Desktop Action pause]
Name=Pause the queue
Exec=/usr/bin/trainyard pause

[Desktop Action run]
Name=Let the queue run
Exec=/usr/bin/trainyard run
`;
}
