//go:build !unix

package vault

// noFollow: links are not followed for want of links that anyone may plant.
const noFollow = 0
