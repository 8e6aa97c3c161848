package com.acme.web;

import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;

/** What the application answers. */
@Path("/")
@RequestScoped
public class Resource {
    @Inject
    Reports reports;

    /** A report as JSON. */
    @GET
    @Path("reports/{product}")
    @Produces(MediaType.APPLICATION_JSON)
    public Report report(@PathParam("product") int product) {
        return reports.of(product);
    }

    /** Forgets it. */
    @DELETE
    @Path("reports/{product}")
    public void sold(@PathParam("product") int product) {
        reports.sold(product);
    }

    /** How often one was made. */
    @GET
    @Path("calls")
    @Produces(MediaType.TEXT_PLAIN)
    public String calls() {
        return "calls=" + reports.calls();
    }

    /** Counts the visits of a session. */
    @GET
    @Path("visits")
    @Produces(MediaType.TEXT_PLAIN)
    public String visits(@Context HttpServletRequest request) {
        Integer visits = (Integer) request.getSession().getAttribute("visits");
        int more = visits == null ? 1 : visits + 1;
        request.getSession().setAttribute("visits", more);
        return "visits=" + more;
    }
}
