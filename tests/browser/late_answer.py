"""An answer that comes late, to see that it undoes nothing that was asked after it."""

# The answer to the request of this number comes 1.5 s late, or when `letGo` is called.
LATE_ANSWER = """late => {
    const ask = window.ask ??= window.fetch
    window.asked = window.answered = 0
    const letGo = new Promise(resume => { window.letGo = resume })
    window.fetch = async (...request) => {
        if (!String(request[0]).includes('/run/')) return ask(...request)
        const held = asked++ === late
        const answer = await ask(...request)
        if (held) await Promise.race([letGo, new Promise(resume => setTimeout(resume, 1500))])
        answered++
        return answer
    }
}"""
