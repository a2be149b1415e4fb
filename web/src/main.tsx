document.getElementById('root')!.textContent='Tartan';
