package background

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
)

// The list of directories is a file beside the database: the directories that
// have had partial files, a JSON string a line, for the day on which the
// database is lost. It is written before the first file in a directory is.

const mostDirectories = 10_000

func (a *Agent) directoryList() string { return filepath.Join(a.at.State, "directories") }

// knownDirectories reads the list. What cannot be read is passed over: it is
// what is left after a disaster.
func (a *Agent) knownDirectories() []string {
	f, err := os.Open(a.directoryList())
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }() // it was only read
	var list []string
	for lines := bufio.NewScanner(f); lines.Scan() && len(list) < mostDirectories; {
		var dir string
		if json.Unmarshal(lines.Bytes(), &dir) == nil && filepath.IsAbs(dir) && !slices.Contains(list, dir) {
			list = append(list, dir)
		}
	}
	return list
}

// knowDirectory puts the directory of a partial file on the list. The caller
// holds mu; it happens once for each directory.
func (a *Agent) knowDirectory(file string) error {
	dir := filepath.Dir(file)
	if dir == a.at.Spool() || slices.Contains(a.directories, dir) {
		return nil
	}
	line, err := json.Marshal(dir)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(a.directoryList(), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		a.directories = append(a.directories, dir)
	}
	return err
}
