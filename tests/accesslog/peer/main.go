// Verify a log by Go's own implementation of notes and tiles: its checkpoint's signature, then every record hash
// of every tile against the tree's root.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type reader struct{ origin string }

func (r reader) Height() int                         { return 8 }
func (r reader) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (r reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		// C2SP leaves the height out of the path.
		data, err := get(r.origin + "/log/" + strings.Replace(t.Path(), "tile/8/", "tile/", 1))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func get(url string) ([]byte, error) {
	answer, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		return nil, fmt.Errorf("%s: %s", url, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func main() {
	origin := os.Args[1]
	verifier, err := note.NewVerifier(os.Args[2])
	check(err)
	signed, err := get(origin + "/log/checkpoint")
	check(err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	var size int64
	_, err = fmt.Sscanf(lines[1], "%d", &size)
	check(err)
	root, err := tlog.ParseHash(lines[2])
	check(err)
	hashes := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, reader{origin})
	indexes := make([]int64, size)
	for n := int64(0); n < size; n++ {
		indexes[n] = tlog.StoredHashIndex(0, n)
	}
	leaves, err := hashes.ReadHashes(indexes)
	check(err)
	again, err := tlog.TreeHash(size, hashes)
	check(err)
	if again != root {
		check(fmt.Errorf("the root is another"))
	}
	for _, n := range []int64{0, size / 2, size - 1} {
		proof, err := tlog.ProveRecord(size, n, hashes)
		check(err)
		check(tlog.CheckRecord(proof, size, root, n, leaves[n]))
	}
	fmt.Printf("%s %d\n", lines[0], size)
}
