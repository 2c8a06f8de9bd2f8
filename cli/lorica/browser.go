package main

import (
	"os/exec"
	"runtime"
)

// openBrowser asks the system to show an address in the user's browser, and does not wait for it.
func openBrowser(address string) error {
	program, args := "xdg-open", []string{address}
	switch runtime.GOOS {
	case "windows":
		program, args = "rundll32", []string{"url.dll,FileProtocolHandler", address}
	case "darwin":
		program = "open"
	}
	run := exec.Command(program, args...)
	if err := run.Start(); err != nil {
		return err
	}
	go func() { _ = run.Wait() }() // so that it leaves no zombie
	return nil
}
